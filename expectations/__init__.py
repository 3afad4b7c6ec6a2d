"""What must hold at the two gates.

`gate_in` judges what was read, `gate_out` what is about to be published. Each returns a `GateRecord`, which
opens the next door for the very bytes that were judged, and for no others. Great Expectations is imported on
first use.
"""

from expectations.evidence import PrivateFacts
from expectations.incoming import gate_in
from expectations.outgoing import gate_out
from expectations.record import Finding, GateRecord, Verdict

__all__ = ["Finding", "GateRecord", "PrivateFacts", "Verdict", "gate_in", "gate_out"]

"""Fixed words on tables that are never in a release, whatever the figures: said once, for every page."""

from __future__ import annotations

from collections.abc import Mapping

NO_TABLE = "No table that answers this was made for this release."
FURTHER_SPLIT = (
    "Split this way the numbers are so small that most would be withheld, and each "
    "small number that is hidden here takes others with it in the tables that are shown."
)
WHY: Mapping[str, str] = {
    "exit_routes_by_year": (
        "How an officer left has been told apart from what was alleged, and the numbers "
        "are so small that a table of them would point to people."
    ),
    "outcomes_by_finalised_year": (
        "It counts the same allegations once more by another year, and from two such "
        "counts a withheld number could be worked out."
    ),
    "repeat_officers": (
        "Officers with several allegations are so few that a count of them, set beside "
        "the yearly numbers of officers, could point to people."
    ),
    "data_quality_by_year": (
        "How many allegations have no outcome in the records would, beside the outcomes that are shown, give "
        "withheld numbers away."
    ),
    "proceedings_by_type": FURTHER_SPLIT,
    "case_to_answer_by_year": FURTHER_SPLIT,
    "allegation_types_by_year": FURTHER_SPLIT,
    "outcomes_by_regime": FURTHER_SPLIT,
}

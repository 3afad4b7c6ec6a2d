select vocabulary, label
from {{ ref('seed_outcome_labels') }}
where regime <> 'none' and regime not in (select regime from {{ ref('seed_regimes') }} where valid_from is not null)

select distinct vocabulary
from {{ ref('fct_allegations') }}
where vocabulary not in (select outcome_labels.vocabulary from {{ ref('seed_outcome_labels') }} as outcome_labels)

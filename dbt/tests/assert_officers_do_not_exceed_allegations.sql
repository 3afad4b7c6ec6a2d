select recorded_year
from {{ ref('mart_foi_questions') }}
where {{ more_officers_than_allegations() }}

select recorded_year
from {{ ref('mart_foi_questions') }}
where
    {% for question in [
        'alleged', 'proceedings', 'formal', 'informal', 'left_before_outcome', 'live', 'men', 'women', 'sex_unknown'
    ] -%}
    n_{{ question }}_officers > n_{{ question }}_allegations{{ ' or ' if not loop.last }}
    {% endfor %}

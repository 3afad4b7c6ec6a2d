-- ingest hands over ISO dates or nothing; any other text would silently become an empty date
select source_file, source_row
from {{ source('raw', 'allegations') }}
where
    as_at_date is null
    {% for column in ['known_date', 'recorded_date', 'outcome_date', 'left_date', 'as_at_date'] -%}
    or ({{ column }} is not null and try_cast({{ column }} as date) is null)
    {% endfor %}

{%- set year = ['force', 'scope', 'population', 'as_at', 'recorded_year'] -%}

with

extracts as (
    select * from {{ ref('stg_extracts') }}
    where as_at_later is null
),

told as (
    select
        {{ year | join(', ') }},
    {% for fact, (columns, known, could) in recorded_facts().items() -%}
    bool_or({{ known }}) filter (where {{ could }}) as {{ fact }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('fct_allegations') }}
    where is_current_vintage
    group by {{ year | join(', ') }}
),

facts as (
    {% for fact, (columns, known, could) in recorded_facts().items() -%}
    select
        {{ year | join(', ') }},
        '{{ fact }}' as fact,
        not list_has_all(extracts.missing_columns, {{ columns }}) as is_recorded,
        told.{{ fact }} as is_known
    from extracts
    inner join told using ({{ year | join(', ') }})
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from facts

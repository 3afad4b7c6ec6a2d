{%- set grain = ['force', 'scope', 'population', 'as_at', 'recorded_year'] -%}

with

questions as (
    select * from {{ ref('mart_foi_questions') }}
),

{% for what in ['sanctions', 'proceedings', 'case_types'] -%}
forces_that_tell_{{ what }} as (
    {{ forces_where(ref('fct_allegations'), 'is_current_vintage and ' ~ known_for(what)) }}
),

{% endfor -%}
parts as (
    {% for name, relation, measure, condition, whole, told_by in sums_of_parts() -%}
    {% set year = 'year_from' if relation == 'mart_reconciliation' else 'recorded_year' -%}
    select
        '{{ name }}' as sum_of, force, scope, population, as_at, {{ year }} as recorded_year,
        cast({{ measure }} as bigint) as n_parts
    from {{ ref(relation) }}
    where {{ condition }}
    group by force, scope, population, as_at, {{ year }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

wholes as (
    {% for name, relation, measure, condition, whole, told_by in sums_of_parts() -%}
    select '{{ name }}' as sum_of, {{ grain | join(', ') }}, {{ whole }} as n_whole
    from questions
    {% if told_by -%}
    inner join forces_that_tell_{{ told_by }} using (force, scope, population)
    {% endif -%}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

checked as (
    select
        {{ grain | join(', ') }},
        sum_of,
        n_whole,
        n_parts,
        coalesce(n_whole, 0) = coalesce(n_parts, 0) as agrees
    from wholes
    full join parts using (sum_of, {{ grain | join(', ') }})
    union all
    select
        {{ grain | join(', ') }},
        'officers_within_allegations' as sum_of,
        n_alleged_allegations as n_whole,
        n_alleged_officers as n_parts,
        not coalesce({{ more_officers_than_allegations() }}, false) as agrees
    from questions
)

select * from checked

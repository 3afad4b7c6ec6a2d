{#- The forces with a row that meets a condition: those that tell what it asks about. -#}
{% macro forces_where(relation, condition) -%}
    select force, scope, population
    from {{ relation }}
    where {{ condition }}
    group by force, scope, population
{%- endmacro %}

{#- Those that give their officers an id; without one no distinct officer can be counted. -#}
{% macro forces_with_officer_ids(relation) -%}
    {{ forces_where(relation, 'officer_key is not null') }}
{%- endmacro %}

{#- Distinct officers behind a group of rows that holds each once, for the exact count of any union of groups; private. -#}
{% macro officer_keys() -%}
    list(officer_key order by officer_key) filter (where officer_key is not null)
{%- endmacro %}

{#-
Current allegations by recorded year and the given dimensions, with the officers behind each count.
`within` keeps the rows of one category only; `known` leaves out a force none of whose rows tell.
-#}
{% macro count_allegations(dimensions, within=none, known=none) -%}
{%- set grain = ['force', 'scope', 'population', 'as_at', 'recorded_year'] + dimensions -%}
with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage{{ ' and ' ~ within if within }}
),

forces_with_ids as (
    {{ forces_with_officer_ids(ref('fct_allegations')) }}
),

counted_by_officer as (
    select
        {{ grain | join(',\n        ') }},
        officer_key,
        count(*) as n
    from current_allegations
    group by {{ grain | join(', ') }}, officer_key
),

counted as (
    select
        {{ grain | join(',\n        ') }},
        cast(sum(n) as bigint) as n_allegations,
        coalesce({{ officer_keys() }}, []) as officer_keys
    from counted_by_officer
    group by {{ grain | join(', ') }}
),

with_known_officers as (
    select
        counted.* exclude (officer_keys),
        case when forces_with_ids.force is not null then counted.officer_keys end as officer_keys
    from counted
    left join forces_with_ids using (force, scope, population)
    {% if known -%}
    qualify bool_or({{ known }}) over (partition by force, scope, population)
    {%- endif %}
)

select * from with_known_officers
{%- endmacro %}

{#- How many things of a unit stand in exactly which years, from the relation `current_allegations`. -#}
{% macro spread_over_years(unit, keys) -%}
    select
        '{{ unit }}' as unit,
        force,
        scope,
        population,
        years,
        count(*) as n
    from (
        select force, scope, population, list_sort(list(distinct recorded_year)) as years
        from current_allegations
        where {{ keys | join(' is not null and ') }} is not null
        group by force, scope, population, {{ keys | join(', ') }}
    )
    group by force, scope, population, years
{%- endmacro %}

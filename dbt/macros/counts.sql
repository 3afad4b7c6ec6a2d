{#- The forces with a row that meets a condition: those that tell what it asks about. -#}
{% macro forces_where(relation, condition) -%}
    select force, scope, population
    from {{ relation }}
    where {{ condition }}
    group by force, scope, population
{%- endmacro %}

{#- Those that give their officers an id; without one no distinct officer can be counted. -#}
{% macro forces_with_officer_ids() -%}
    select distinct force, scope, population from {{ ref('fct_officer_years') }}
{%- endmacro %}

{#-
Current allegations by recorded year and the given dimensions, with the distinct officers behind each count: private, for
the exact count of any union of groups. `within` keeps the rows of one category only; `known` leaves out a force none of
whose rows tell; without `officers` there is a count and no more.
-#}
{% macro count_allegations(dimensions, within=none, known=none, officers=true) -%}
{%- set grain = ['force', 'scope', 'population', 'as_at', 'recorded_year'] + dimensions -%}
{% if not officers -%}
select {{ grain | join(', ') }}, count(*) as n_allegations
from {{ ref('fct_allegations') }}
where is_current_vintage
group by {{ grain | join(', ') }}
{%- else -%}
with

counted_by_officer as (
    select
        {{ grain | join(',\n        ') }},
        officer_number,
        count(*) as n
    from {{ ref('fct_allegations') }}
    where is_current_vintage{{ ' and ' ~ within if within }}
    group by {{ grain | join(', ') }}, officer_number
),

counted as (
    select
        {{ grain | join(',\n        ') }},
        cast(sum(n) as bigint) as n_allegations,
        coalesce(list(officer_number) filter (where officer_number is not null), []) as officer_keys
    from counted_by_officer
    group by {{ grain | join(', ') }}
),

forces_with_ids as (
    {{ forces_with_officer_ids() }}
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
{%- endif %}
{%- endmacro %}

{#- A year as one bit of a set of years, from 1950 on; a year outside counts as the nearest one inside. -#}
{% macro year_bit(year) -%}
    1::hugeint << (greatest(least({{ year }}, 2070), 1950) - 1950)
{%- endmacro %}

{#- The years of a period as a set. -#}
{% macro year_bits(year_from, year_to) -%}
    ({{ year_bit(year_to) }}) * 2 - ({{ year_bit(year_from) }})
{%- endmacro %}

{#- How many things of a unit stand in exactly which years, recorded and finalised; a thing is named by its keys. -#}
{% macro spread_over_years(unit, keys) -%}
    select '{{ unit }}' as unit, force, scope, population, recorded, finalised, count(*) as n
    from (
        select force, scope, population, bit_or(recorded) as recorded, bit_or(finalised) as finalised
        from current_allegations
        where {{ keys | join(' is not null and ') }} is not null
        group by force, scope, population, {{ keys | join(', ') }}
    )
    group by force, scope, population, recorded, finalised
{%- endmacro %}

{#- The years of a force, all of them and the periods of the list, as far as `years` has any of them. -#}
{% macro periods_of(years, subject) -%}
    select {{ subject | join(', ') }}, min(year) as year_from, max(year) as year_to from {{ years }}
    group by {{ subject | join(', ') }}
    union
    select
        {{ subject | join(', ') }},
        greatest(max(listed.year_from), min(year)) as year_from,
        least(max(listed.year_to), max(year)) as year_to
    from {{ years }}
    cross join {{ ref('seed_periods') }} as listed
    group by {{ subject | join(', ') }}, listed.year_from, listed.year_to
    having max(listed.year_from) <= max(year) and max(listed.year_to) >= min(year)
{%- endmacro %}

{#- The units that are fewer than allegations, and the columns that name one thing of each. -#}
{% macro units_by_keys() -%}
    {{ return({
        'cases': ['case_ref'],
        'officers_in_case': ['case_ref', 'officer_number'],
        'officers': ['officer_number'],
    }) }}
{%- endmacro %}

{#- The way from allegations to officers, a row a step. -#}
{% macro steps_between_units() -%}
    values
    (1, 'allegations', 'allegations against an officer'),
    (2, 'cases', 'less further allegations in the same case'),
    (3, 'officers_in_case', 'plus further officers in the same case'),
    (4, 'officers_in_year', 'less further cases of the same officer in the same year'),
    (5, 'officers', 'less further years of the same officer in the period')
{%- endmacro %}

{#- The count after a step, from the column of its unit. -#}
{% macro count_of_unit() -%}
    cast(
        case unit
            {% for unit in ['allegations', 'cases', 'officers_in_case', 'officers_in_year', 'officers'] -%}
            when '{{ unit }}' then {{ unit }}
            {% endfor -%}
        end as bigint
    )
{%- endmacro %}

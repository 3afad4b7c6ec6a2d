{%- set bases = ['recorded', 'finalised'] -%}
{%- set subject = ['time_basis', 'force', 'scope', 'population'] -%}
with

current_allegations as not materialized (
    select *, {{ year_bit('recorded_year') }} as recorded, {{ year_bit('finalised_year') }} as finalised
    from {{ ref('fct_allegations') }}
    where is_current_vintage
),

years as (
    {% for basis in bases -%}
    select '{{ basis }}' as time_basis, force, scope, population, {{ basis }}_year as year, max(as_at) as as_at
    from current_allegations
    where {{ basis }}_year is not null
    group by force, scope, population, {{ basis }}_year
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

all_periods as (
    select {{ subject | join(', ') }}, year as year_from, year as year_to from years
    union
    {{ periods_of('years', subject) }}
),

periods as (
    select all_periods.*, max(years.as_at) as as_at
    from all_periods
    inner join years using ({{ subject | join(', ') }})
    where years.year between all_periods.year_from and all_periods.year_to
    group by all
),

spread as (
    select 'allegations' as unit, force, scope, population, recorded, finalised, count(*) as n
    from current_allegations
    group by force, scope, population, recorded, finalised
    {% for unit, keys in units_by_keys().items() -%}
    union all
    {{ spread_over_years(unit, keys) }}
    {% endfor -%}
),

spread_by_basis as (
    {% for basis in bases -%}
    select '{{ basis }}' as time_basis, force, scope, population, unit, {{ basis }} as years, n from spread
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

counted as (
    select
        periods.*,
        {% for unit in ['allegations'] + (units_by_keys() | list) -%}
        sum(n) filter (where unit = '{{ unit }}') as {{ unit }},
        {% endfor -%}
        sum(n * bit_count(years & ({{ year_bits('year_from', 'year_to') }}))) filter (where unit = 'officers')
            as officers_in_year
    from periods
    inner join spread_by_basis using ({{ subject | join(', ') }})
    where (spread_by_basis.years & ({{ year_bits('year_from', 'year_to') }})) <> 0
    group by all
),

counted_by_step as (
    select {{ subject | join(', ') }}, as_at, year_from, year_to, steps.*, {{ count_of_unit() }} as n
    from counted
    cross join ({{ steps_between_units() }}) as steps (step_order, unit, step)
),

reconciled as (
    select
        *,
        n - lag(n) over (partition by {{ subject | join(', ') }}, year_from, year_to order by step_order) as difference
    from counted_by_step
)

select * from reconciled

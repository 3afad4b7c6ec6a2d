with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage
),

years as (
    select force, scope, population, recorded_year
    from current_allegations
    group by force, scope, population, recorded_year
),

spans as (
    select force, scope, population, min(recorded_year) as first_year, max(recorded_year) as last_year
    from years
    group by force, scope, population
),

periods as (
    select force, scope, population, recorded_year as year_from, recorded_year as year_to from years
    union
    select force, scope, population, first_year, last_year from spans
    union
    select force, scope, population, greatest(year_from, first_year) as year_from, least(year_to, last_year) as year_to
    from spans
    inner join {{ ref('seed_periods') }} on year_from <= last_year and year_to >= first_year
),

counted as (
    select
        periods.*,
        max(as_at) as as_at,
        count(*) as allegations,
        nullif(count(distinct case_ref), 0) as cases,
        nullif(count(distinct case_ref || chr(31) || officer_key), 0) as officers_in_case,
        nullif(count(distinct recorded_year || chr(31) || officer_key), 0) as officers_in_year,
        nullif(count(distinct officer_key), 0) as officers
    from periods
    inner join current_allegations
        on periods.force = current_allegations.force
        and periods.scope = current_allegations.scope
        and periods.population = current_allegations.population
        and current_allegations.recorded_year between periods.year_from and periods.year_to
    group by all
),

steps (step_order, unit, step) as (
    values
    (1, 'allegations', 'allegations against an officer'),
    (2, 'cases', 'less further allegations in the same case'),
    (3, 'officers_in_case', 'plus further officers in the same case'),
    (4, 'officers_in_year', 'less further cases of the same officer in the same year'),
    (5, 'officers', 'less further years of the same officer in the period')
),

long as (
    select
        force, scope, population, as_at, year_from, year_to, step_order, unit, step,
        {{ count_of_unit() }} as n
    from counted cross join steps
),

reconciled as (
    select
        *,
        n - lag(n) over (
            partition by force, scope, population, year_from, year_to order by step_order
        ) as difference
    from long
)

select * from reconciled

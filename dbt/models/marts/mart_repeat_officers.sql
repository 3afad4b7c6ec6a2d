{%- set subject = ['force', 'scope', 'population'] -%}

with

officer_years as not materialized (
    select *, recorded_year as year from {{ ref('fct_officer_years') }}
),

periods as (
    {{ periods_of('officer_years', subject) }}
),

officers as (
    select
        {{ subject | join(', ') }},
        officer_number,
        count(*) as n_years,
        max(year) as year,
        max(as_at) as as_at,
        sum(n_allegations) as n_allegations
    from officer_years
    group by {{ subject | join(', ') }}, officer_number
),

-- most officers have one year: they are counted before any period is looked at
in_one_year as (
    select {{ subject | join(', ') }}, year, max(as_at) as as_at, least(n_allegations, 3) as n, count(*) as n_officers
    from officers
    where n_years = 1
    group by all
),

in_several as (
    select officer_years.*
    from officer_years
    inner join officers using ({{ subject | join(', ') }}, officer_number)
    where officers.n_years > 1
),

in_periods as (
    select periods.*, in_one_year.as_at, in_one_year.n, in_one_year.n_officers
    from periods
    inner join in_one_year using ({{ subject | join(', ') }})
    where in_one_year.year between periods.year_from and periods.year_to
    union all
    select
        periods.*,
        max(in_several.as_at) as as_at,
        least(sum(in_several.n_allegations), 3) as n,
        any_value(1) as n_officers
    from periods
    inner join in_several using ({{ subject | join(', ') }})
    where in_several.year between periods.year_from and periods.year_to
    group by {{ subject | join(', ') }}, periods.year_from, periods.year_to, in_several.officer_number
),

counted as (
    select
        {{ subject | join(', ') }},
        max(as_at) as as_at,
        year_from,
        year_to,
        case n when 1 then 'one' when 2 then 'two' else 'three_or_more' end as how_often,
        cast(sum(n_officers) as bigint) as n_officers
    from in_periods
    group by {{ subject | join(', ') }}, year_from, year_to, n
)

select * from counted

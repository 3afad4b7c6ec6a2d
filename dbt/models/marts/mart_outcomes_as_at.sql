{%- set subject = ['force', 'scope', 'population'] -%}

with

days as (
    select distinct {{ subject | join(', ') }}, as_at as seen_on from {{ ref('stg_extracts') }}
),

-- a group of rows stands from its own day until the day on which another extract replaced it
standing as (
    select {{ subject | join(', ') }}, as_at, superseded_on, recorded_year, action_path, count(*) as n
    from {{ ref('fct_allegations') }}
    group by all
),

seen as (
    select
        {{ subject | join(', ') }},
        days.seen_on,
        max(standing.as_at) as as_at,
        standing.recorded_year,
        standing.action_path,
        cast(sum(standing.n) as bigint) as n_allegations
    from days
    inner join standing using ({{ subject | join(', ') }})
    where
        standing.as_at <= days.seen_on
        and coalesce(standing.superseded_on, date '9999-12-31') > days.seen_on
    group by {{ subject | join(', ') }}, days.seen_on, standing.recorded_year, standing.action_path
)

select * from seen

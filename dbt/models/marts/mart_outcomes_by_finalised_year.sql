with

finalised as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage and finalised_year is not null
),

counted as (
    select
        force,
        scope,
        population,
        max(as_at) as as_at,
        finalised_year,
        action_path,
        count(*) as n_allegations,
        nullif(count(distinct officer_number), 0) as n_officers,
        count(days_to_outcome) as n_with_duration,
        count(*) filter (where days_to_outcome > 365) as n_over_365_days,
        count(*) filter (where days_to_outcome > 730) as n_over_730_days,
        median(days_to_outcome) as median_days_to_outcome
    from finalised
    group by force, scope, population, finalised_year, action_path
)

select * from counted

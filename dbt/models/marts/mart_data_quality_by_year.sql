with

outcomes as (
    select * from {{ ref('mart_outcomes_by_year') }}
)

select * from outcomes

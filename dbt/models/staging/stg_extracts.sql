with

sent as (
    select distinct force, scope, population, recorded_year, as_at from {{ ref('stg_rows') }}
    where exclusion is null
),

extracts as (
    select
        *,
        lag(as_at) over same_year as as_at_earlier,
        lead(as_at) over same_year as as_at_later
    from sent
    window same_year as (partition by force, scope, population, recorded_year order by as_at)
)

select * from extracts

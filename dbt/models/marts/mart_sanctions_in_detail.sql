with

sanctions as (
    select * from {{ ref('mart_sanctions_by_year') }}
)

select * from sanctions

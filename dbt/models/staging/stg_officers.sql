with

officers as (
    select distinct officer_key from {{ ref('stg_rows') }}
    where exclusion is null and officer_key is not null
),

-- a whole number takes a quarter of the memory of a text, and lists of officers cannot be spilt to disk
numbered as (
    select
        officer_key,
        cast(row_number() over () as integer) as officer_number
    from officers
)

select * from numbered

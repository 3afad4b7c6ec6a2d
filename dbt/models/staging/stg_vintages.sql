{{ config(materialized='view') }}

with

-- read again for each step: keeping all columns of all rows in memory costs more
facts as not materialized (
    select * from {{ ref('stg_allegations') }}
    where exclusion is null
),

first_extract as (
    select min(as_at) as as_at from facts
),

newest_of_year as (
    select force, scope, population, recorded_year, max(as_at) as as_at
    from facts
    group by force, scope, population, recorded_year
),

-- a first extract supersedes nothing: only identities that came again later are compared
newest_of_allegation as (
    select force, scope, population, allegation_ref, officer_key, max(as_at) as as_at
    from facts
    where
        as_at > (select first_extract.as_at from first_extract)
        and allegation_ref is not null
    group by force, scope, population, allegation_ref, officer_key
),

with_vintage as (
    select
        facts.*,
        facts.as_at = newest_of_year.as_at
        and facts.as_at >= coalesce(newest_of_allegation.as_at, facts.as_at) as is_current_vintage
    from facts
    inner join newest_of_year
        on facts.force = newest_of_year.force
        and facts.scope = newest_of_year.scope
        and facts.population = newest_of_year.population
        and facts.recorded_year = newest_of_year.recorded_year
    left join newest_of_allegation
        on facts.force = newest_of_allegation.force
        and facts.scope = newest_of_allegation.scope
        and facts.population = newest_of_allegation.population
        and facts.allegation_ref = newest_of_allegation.allegation_ref
        and facts.officer_key is not distinct from newest_of_allegation.officer_key
)

select * from with_vintage

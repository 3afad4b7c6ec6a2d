with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage
),

forces_with_ids as (
    {{ forces_with_officer_ids(ref('fct_allegations')) }}
),

matched_by_officer as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        officer_key,
        {{ question_matches() }}
    from current_allegations
    group by force, scope, population, as_at, recorded_year, officer_key
),

counted as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        {{ question_counts() }}
    from matched_by_officer
    group by force, scope, population, as_at, recorded_year
),

with_known_officers as (
    select
        counted.force,
        counted.scope,
        counted.population,
        counted.as_at,
        counted.recorded_year,
        {{ question_columns('forces_with_ids.force is not null') }}
    from counted
    left join forces_with_ids
        on counted.force = forces_with_ids.force
        and counted.scope = forces_with_ids.scope
        and counted.population = forces_with_ids.population
)

select * from with_known_officers

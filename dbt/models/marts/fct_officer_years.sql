with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage and officer_key is not null
),

officer_cases as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        officer_key,
        officer_sex,
        case_ref,
        arg_min(action_path, {{ path_rank('action_path') }}) as action_path,
        max(has_proceedings) as has_proceedings,
        count(*) as n_allegations
    from current_allegations
    group by force, scope, population, as_at, recorded_year, officer_key, officer_sex, case_ref
),

officer_years as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        officer_key,
        officer_sex,
        arg_min(action_path, {{ path_rank('action_path') }}) as action_path,
        max(has_proceedings) as has_proceedings,
        cast(sum(n_allegations) as bigint) as n_allegations,
        count(case_ref) as n_cases
    from officer_cases
    group by force, scope, population, as_at, recorded_year, officer_key, officer_sex
)

select * from officer_years

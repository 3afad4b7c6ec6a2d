with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage and officer_key is not null
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
        count(*) as n_allegations,
        count(distinct case_ref) as n_cases,
        max(has_proceedings) as has_proceedings
    from current_allegations
    group by force, scope, population, as_at, recorded_year, officer_key, officer_sex
)

select * from officer_years

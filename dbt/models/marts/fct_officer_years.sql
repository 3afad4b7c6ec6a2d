{%- set grain = ['force', 'scope', 'population', 'recorded_year', 'officer_number'] -%}

with

officer_cases as (
    select
        {{ grain | join(', ') }},
        case_ref,
        any_value(officer_key) as officer_key,
        max(as_at) as as_at,
        max(officer_sex) as officer_sex,
        min({{ path_rank('action_path') }}) as path_rank,
        max(has_proceedings) as has_proceedings,
        count(*) as n_allegations,
        {{ question_matches() }}
    from {{ ref('fct_allegations') }}
    where is_current_vintage and officer_key is not null
    group by {{ grain | join(', ') }}, case_ref
),

officer_years as (
    select
        force,
        scope,
        population,
        max(as_at) as as_at,
        recorded_year,
        any_value(officer_key) as officer_key,
        officer_number,
        max(officer_sex) as officer_sex,
        {{ path_of_rank('min(path_rank)') }} as action_path,
        max(has_proceedings) as has_proceedings,
        cast(sum(n_allegations) as bigint) as n_allegations,
        count(case_ref) as n_cases,
        {{ question_matches('sum') }}
    from officer_cases
    group by {{ grain | join(', ') }}
)

select * from officer_years

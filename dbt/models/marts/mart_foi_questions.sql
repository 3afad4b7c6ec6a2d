{%- set questions = {
    'alleged': 'true',
    'proceedings': "has_proceedings = 'yes'",
    'formal': "action_path = 'formal'",
    'informal': "action_path = 'informal'",
    'left_before_outcome': "action_path = 'left_before_outcome'",
    'live': 'is_live',
    'men': "officer_sex = 'male'",
    'women': "officer_sex = 'female'",
    'sex_unknown': "officer_sex = 'unknown'",
} -%}

with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage
),

forces_with_ids as (
    {{ forces_with_officer_ids(ref('fct_allegations')) }}
),

counted as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        {% for question, condition in questions.items() %}
        count(*) filter (where {{ condition }}) as n_{{ question }}_allegations,
        count(distinct officer_key) filter (where {{ condition }}) as n_{{ question }}_officers{{ ',' if not loop.last }}
        {% endfor %}
    from current_allegations
    group by force, scope, population, as_at, recorded_year
),

with_known_officers as (
    select
        counted.force,
        counted.scope,
        counted.population,
        counted.as_at,
        counted.recorded_year,
        {% for question in questions %}
        n_{{ question }}_allegations,
        case when forces_with_ids.force is not null then n_{{ question }}_officers end as n_{{ question }}_officers
        {{- ',' if not loop.last }}
        {% endfor %}
    from counted
    left join forces_with_ids
        on counted.force = forces_with_ids.force
        and counted.scope = forces_with_ids.scope
        and counted.population = forces_with_ids.population
)

select * from with_known_officers

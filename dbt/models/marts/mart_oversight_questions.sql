with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage
),

several as (
    select force, scope, population, recorded_year, count(*) filter (where n_allegations > 1) as n_officers_with_several
    from {{ ref('fct_officer_years') }}
    group by force, scope, population, recorded_year
),

counted as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        count(*) as n_allegations,
        {% for name, condition in proceedings_kinds().items() -%}
        {{ count_where_known(condition, known_for('proceedings')) }} as n_{{ name }},
        {% endfor -%}
        {% for sanction in ['not_proven', 'left_before_finding'] -%}
        {{ count_where_known("sanction = '" ~ sanction ~ "'", known_for('sanctions')) }} as n_{{ sanction }},
        {% endfor -%}
        {% for answer in ['yes', 'no'] -%}
        {{ count_where_known("case_to_answer = '" ~ answer ~ "'", known_for('case_to_answer')) }}
            as n_case_to_answer_{{ answer }},
        {% endfor -%}
        count(*) filter (where left_when = 'after_finding') as n_left_after_finding,
        {% for age in live_ages() -%}
        count(*) filter (where live_age = '{{ age }}') as n_live_{{ age }},
        {% endfor -%}
        count(days_to_outcome) as n_with_duration,
        count(*) filter (where days_to_outcome > 365) as n_over_365_days,
        count(*) filter (where days_to_outcome > 730) as n_over_730_days,
        median(days_to_outcome) as median_days_to_outcome,
        {{ count_where_known("case_type = 'public_complaint'", known_for('case_types')) }} as n_public_complaints,
        {{ count_where_known("case_type in ('conduct_matter', 'recordable_conduct_matter')", known_for('case_types')) }}
            as n_conduct_matters
    from current_allegations
    group by force, scope, population, as_at, recorded_year
),

with_several as (
    select
        counted.*,
        several.n_officers_with_several
    from counted
    left join several
        on counted.force = several.force
        and counted.scope = several.scope
        and counted.population = several.population
        and counted.recorded_year = several.recorded_year
)

select * from with_several

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
        count(*) filter (where proceedings_type = 'misconduct_meeting') as n_misconduct_meetings,
        count(*) filter (where proceedings_type = 'misconduct_hearing') as n_misconduct_hearings,
        count(*) filter (where proceedings_type in ('special_case_hearing', 'accelerated_hearing'))
            as n_fast_track_hearings,
        count(*) filter (where sanction = 'not_proven') as n_not_proven,
        count(*) filter (where sanction = 'left_before_finding') as n_left_before_finding,
        count(*) filter (where days_live <= 365) as n_live_to_1_year,
        count(*) filter (where days_live between 366 and 730) as n_live_1_to_2_years,
        count(*) filter (where days_live > 730) as n_live_over_2_years,
        count(days_to_outcome) as n_with_duration,
        count(*) filter (where days_to_outcome > 365) as n_over_365_days,
        count(*) filter (where days_to_outcome > 730) as n_over_730_days,
        median(days_to_outcome) as median_days_to_outcome,
        count(*) filter (where case_type = 'public_complaint') as n_public_complaints,
        count(*) filter (where case_type in ('conduct_matter', 'recordable_conduct_matter')) as n_conduct_matters
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

with

-- read again for each step: keeping all columns of all rows in memory costs more
vintages as not materialized (
    select * from {{ ref('stg_vintages') }}
),

-- one sex a person: two different recorded values are not known
sex_of_officer as (
    select
        force,
        officer_key,
        is_current_vintage,
        case when min(nullif(sex, 'unknown')) = max(nullif(sex, 'unknown')) then min(nullif(sex, 'unknown')) end as sex
    from vintages
    where officer_key is not null
    group by force, officer_key, is_current_vintage
),

allegations as (
    select
        vintages.source_file,
        vintages.source_sheet,
        vintages.source_row,
        vintages.source_sha256,
        vintages.source_reference,
        vintages.loaded_at,
        vintages.vocabulary,
        vintages.force,
        vintages.scope,
        vintages.population,
        vintages.as_at,
        vintages.recorded_year,
        cast(case when vintages.action_path <> 'live' then year(vintages.outcome_on) end as integer) as finalised_year,
        vintages.allegation_ref,
        vintages.case_ref,
        vintages.case_type,
        vintages.allegation_type,
        vintages.da_flag,
        vintages.officer_key,
        case
            when vintages.officer_key is null then vintages.sex
            else coalesce(sex_of_officer.sex, 'unknown')
        end as officer_sex,
        vintages.sex as officer_sex_recorded,
        vintages.rank_band,
        vintages.staff_type,
        vintages.known_on,
        vintages.recorded_on,
        vintages.regime,
        vintages.severity,
        vintages.action_path,
        vintages.sanction,
        vintages.case_to_answer,
        vintages.proceedings_type,
        vintages.has_proceedings,
        vintages.outcome_on,
        vintages.exit_route,
        vintages.left_on,
        {{ left_when() }} as left_when,
        vintages.investigating_force,
        vintages.action_path = 'live' as is_live,
        case
            when vintages.action_path <> 'live' and vintages.outcome_on >= vintages.recorded_on
                then vintages.outcome_on - vintages.recorded_on
        end as days_to_outcome,
        case when vintages.action_path = 'live' then vintages.as_at - vintages.recorded_on end as days_live,
        {{ live_age() }} as live_age,
        vintages.is_outcome_stated,
        vintages.is_current_vintage
    from vintages
    left join sex_of_officer
        on vintages.force = sex_of_officer.force
        and vintages.officer_key = sex_of_officer.officer_key
        and vintages.is_current_vintage = sex_of_officer.is_current_vintage
)

select * from allegations

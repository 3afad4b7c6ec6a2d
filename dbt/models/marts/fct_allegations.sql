with

staged as (
    select * from {{ ref('stg_allegations') }}
    where exclusion is null
),

officers as (
    select * from {{ ref('stg_officers') }}
),

officer_sexes as (
    select * from {{ ref('stg_officer_sexes') }}
),

allegations as (
    select
        staged.source_file,
        staged.source_sheet,
        staged.source_row,
        staged.source_part,
        staged.source_column,
        staged.source_sha256,
        staged.source_reference,
        staged.loaded_at,
        staged.vocabulary,
        staged.force,
        staged.scope,
        staged.population,
        staged.as_at,
        staged.recorded_year,
        cast(case when staged.action_path <> 'live' then year({{ come_by_then('outcome_on') }}) end as integer)
            as finalised_year,
        staged.allegation_ref,
        staged.case_ref,
        staged.case_type,
        staged.allegation_type,
        staged.da_flag,
        staged.officer_key,
        officers.officer_number,
        coalesce(officer_sexes.sex, staged.sex) as officer_sex,
        staged.sex as officer_sex_recorded,
        staged.rank_band,
        staged.staff_type,
        staged.known_on,
        staged.recorded_on,
        staged.regime,
        staged.severity,
        staged.action_path,
        staged.sanction,
        staged.case_to_answer,
        staged.proceedings_type,
        staged.has_proceedings,
        staged.outcome_on,
        staged.exit_route,
        staged.left_on,
        {{ left_when() }} as left_when,
        staged.investigating_force,
        staged.action_path = 'live' as is_live,
        case
            when staged.action_path <> 'live' and staged.outcome_on between staged.recorded_on and staged.as_at
                then staged.outcome_on - staged.recorded_on
        end as days_to_outcome,
        case when staged.action_path = 'live' then staged.as_at - {{ come_by_then('recorded_on') }} end as days_live,
        {{ live_age() }} as live_age,
        staged.broken_rules,
        staged.is_outcome_stated,
        staged.superseded_on,
        staged.is_current_vintage
    from staged
    left join officers on staged.officer_key = officers.officer_key
    left join officer_sexes
        on staged.force = officer_sexes.force
        and staged.officer_key = officer_sexes.officer_key
        and staged.is_current_vintage = officer_sexes.is_current_vintage
)

select * from allegations

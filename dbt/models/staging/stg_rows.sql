with

source_rows as (
    select * from {{ source('raw', 'allegations') }}
),

outcome_labels as (
    select * from {{ ref('seed_outcome_labels') }}
),

regimes as (
    select * from {{ ref('seed_regimes') }}
),

typed as (
    select
        source_file,
        source_sheet,
        source_row,
        source_sha256,
        source_reference,
        loaded_at,
        vocabulary,
        force,
        scope,
        population,
        exclusion,
        year as recorded_year,
        case_ref,
        case_type,
        allegation_ref,
        officer_key,
        staff_type,
        rank_band,
        sex,
        allegation_type,
        da_flag,
        severity,
        result,
        action,
        sanction,
        proceedings_type,
        exit_route,
        investigating_force,
        try_cast(known_date as date) as known_on,
        try_cast(recorded_date as date) as recorded_on,
        try_cast(outcome_date as date) as outcome_on,
        try_cast(left_date as date) as left_on,
        try_cast(as_at_date as date) as as_at,
        coalesce(try_cast(known_date as date), try_cast(recorded_date as date)) as regime_on
    from source_rows
),

dated_vocabularies as (
    select distinct vocabulary from outcome_labels where regime <> 'none'
),

regime_of_day as (
    select days.regime_on, regimes.regime
    from (select distinct regime_on from typed) as days
    inner join regimes
        on days.regime_on between regimes.valid_from and coalesce(regimes.valid_to, date '9999-12-31')
),

with_regime as (
    select
        typed.*,
        case
            when dated_vocabularies.vocabulary is null then 'none'
            else coalesce(regime_of_day.regime, 'not_known')
        end as regime
    from typed
    left join dated_vocabularies on typed.vocabulary = dated_vocabularies.vocabulary
    left join regime_of_day on typed.regime_on = regime_of_day.regime_on
)

select * from with_regime

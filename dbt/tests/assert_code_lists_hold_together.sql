-- every row says where it comes from and from when; no day is without regulations, none has two
with

regimes as (
    select
        *,
        lag(valid_to) over (order by valid_from) as ended_on,
        row_number() over (order by valid_from) as place
    from {{ ref('seed_regimes') }}
),

breaches as (
    select 'regimes follow on' as rule from regimes
    where place > 1 and valid_from is distinct from ended_on + 1
    union all
    select 'regimes are dated and sourced' as rule from regimes
    where source is null or decided_by is null or valid_from is null
    union all
    select 'value labels are dated and sourced' as rule from {{ ref('seed_value_labels') }}
    where source is null or decided_by is null or valid_from is null or valid_to < valid_from
    union all
    select 'allegation types are dated and sourced' as rule from {{ ref('seed_allegation_types') }}
    where source is null or decided_by is null or valid_from is null or valid_to < valid_from
    union all
    select 'outcome labels are sourced, valid or not, and of a dated regime' as rule
    from {{ ref('seed_outcome_labels') }}
    where
        source is null
        or decided_by is null
        or validity not in ('valid', 'invalid')
        or (regime <> 'none' and regime not in (select regimes.regime from regimes))
)

select * from breaches

-- no day without a regime, none with two
with

regimes as (
    select
        regime,
        valid_from,
        lag(valid_to) over (order by valid_from) as ended_on
    from {{ ref('seed_regimes') }}
)

select regime from regimes
where
    valid_from is distinct from ended_on + 1
    and valid_from <> (select min(first_regime.valid_from) from regimes as first_regime)

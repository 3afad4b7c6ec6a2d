-- no day without a regime, none with two
select regime
from (
    select regime, valid_from, lag(valid_to) over (order by valid_from) as ended, row_number() over (order by valid_from) as n
    from {{ ref('seed_regimes') }}
)
where n > 1 and valid_from is distinct from ended + 1

with

sanctions as (
    select force, scope, population, as_at, recorded_year, sum(n_allegations) as n_sanctions
    from {{ ref('mart_sanctions_by_year') }}
    group by all
),

questions as (
    select * from {{ ref('mart_foi_questions') }}
)

select questions.recorded_year
from questions
full join sanctions using (force, scope, population, as_at, recorded_year)
where questions.n_formal_allegations is distinct from coalesce(sanctions.n_sanctions, 0)

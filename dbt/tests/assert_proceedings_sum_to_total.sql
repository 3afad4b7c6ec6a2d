with

proceedings as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        sum(n_allegations) as n_all,
        sum(n_allegations) filter (where has_proceedings = 'yes') as n_with
    from {{ ref('mart_proceedings_by_year') }}
    group by all
),

questions as (
    select * from {{ ref('mart_foi_questions') }}
)

select questions.recorded_year
from questions
full join proceedings using (force, scope, population, as_at, recorded_year)
where
    questions.n_alleged_allegations is distinct from proceedings.n_all
    or questions.n_proceedings_allegations is distinct from coalesce(proceedings.n_with, 0)

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

forces_that_tell as (
    {{ forces_where(ref('fct_allegations'), "is_current_vintage and has_proceedings <> 'not_known'") }}
),

questions as (
    select * from {{ ref('mart_foi_questions') }}
)

select questions.recorded_year
from questions
full join proceedings using (force, scope, population, as_at, recorded_year)
left join forces_that_tell using (force, scope, population)
where
    coalesce(questions.n_proceedings_allegations, 0) is distinct from coalesce(proceedings.n_with, 0)
    or proceedings.n_all
    is distinct from case when forces_that_tell.force is not null then questions.n_alleged_allegations end

with

current_allegations as (
    select * from {{ ref('fct_allegations') }}
    where is_current_vintage
),

breaches as (
    select force, scope, population, as_at, recorded_year, count(*) as n_breaches
    from {{ ref('mart_findings') }}
    group by force, scope, population, as_at, recorded_year
),

counted as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        count(*) as n_allegations,
        {% for name, (part, whole) in quality_shares().items() -%}
        100.0 * count(*) filter (where {{ part }}) / nullif(count(*) filter (where {{ whole }}), 0) as {{ name }}_pct,
        {% endfor -%}
        count(officer_key) > 0 as has_officer_ids
    from current_allegations
    group by force, scope, population, as_at, recorded_year
),

with_breaches as (
    select
        counted.*,
        coalesce(breaches.n_breaches, 0) as n_breaches
    from counted
    left join breaches using (force, scope, population, as_at, recorded_year)
)

select * from with_breaches

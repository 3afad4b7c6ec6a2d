with

facts as (
    select * from {{ ref('fct_allegations') }}
    where len(broken_rules) > 0
),

rules as (
    select code, definition from {{ ref('seed_codes') }}
    where list = 'rule'
),

broken as (
    select
        force,
        scope,
        population,
        as_at,
        recorded_year,
        source_file,
        source_sheet,
        source_row,
        source_part,
        source_column,
        allegation_ref,
        unnest(broken_rules) as rule
    from facts
),

findings as (
    select
        broken.*,
        rules.definition as message
    from broken
    inner join rules on broken.rule = rules.code
)

select * from findings

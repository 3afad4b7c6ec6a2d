{%- set grain = ['force', 'scope', 'population', 'as_at', 'recorded_year', 'exit_route', 'left_when'] -%}

with

counted as (
    select {{ grain | join(', ') }}, count(*) as n_allegations
    from {{ ref('fct_allegations') }}
    where is_current_vintage
    group by {{ grain | join(', ') }}
)

select * from counted

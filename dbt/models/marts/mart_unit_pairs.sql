{%- set period = ['time_basis', 'force', 'scope', 'population', 'as_at', 'year_from', 'year_to'] -%}

with

units as (
    select * from {{ ref('mart_reconciliation') }}
    where unit <> 'officers_in_year'
),

pairs (unit_from, unit_to, step) as (
    values
    ('allegations', 'cases', 'less further allegations in the same case'),
    ('allegations', 'officers_in_case', 'less further allegations against the same officer in the same case'),
    ('allegations', 'officers', 'less further allegations against the same officer in the period'),
    ('cases', 'officers_in_case', 'plus further officers in the same case'),
    ('cases', 'officers', 'plus further officers in the same case, less further cases of the same officer'),
    ('officers_in_case', 'officers', 'less further cases of the same officer in the period')
),

compared as (
    select
        {% for column in period -%}
        before.{{ column }},
        {% endfor -%}
        pairs.unit_from,
        pairs.unit_to,
        pairs.step,
        before.n as n_from,
        after.n as n_to,
        after.n - before.n as difference
    from pairs
    inner join units as before on pairs.unit_from = before.unit
    inner join units as after
        on pairs.unit_to = after.unit
        {% for column in period -%}
        and before.{{ column }} = after.{{ column }}
        {% endfor %}
)

select * from compared

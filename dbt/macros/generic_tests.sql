{#-
Every value of the columns is a code of the list that has the column's name; an empty one is not judged. A value that is
none stands in the answer beside the list.
-#}
{% test codes_are_listed(model, columns) %}
    with lists as (
        select list, list(code order by sort) as codes from {{ ref('seed_codes') }}
        group by list
    )
    {% for column in columns %}
    select distinct
        lists.list as column_name,
        cast(found.{{ column }} as varchar) as found,
        array_to_string(lists.codes, ', ') as known
    from {{ model }} as found
    inner join lists on lists.list = '{{ column }}'
    where found.{{ column }} is not null and not list_contains(lists.codes, found.{{ column }})
    {{ 'union all' if not loop.last }}
    {% endfor %}
{% endtest %}

{#- No finding of one rule. -#}
{% test has_no_breach_of(model, column_name, rule) %}
    select source_file, source_row
    from {{ model }}
    where {{ column_name }} = '{{ rule }}'
{% endtest %}

{#- An allegation against an officer stands once in the newest extracts. -#}
{% test identity_is_current_once(model) %}
    select force, scope, population, allegation_ref, officer_key
    from {{ model }}
    where is_current_vintage and allegation_ref is not null
    group by force, scope, population, allegation_ref, officer_key
    having count(*) > 1
{% endtest %}

{#- Rule R6: no sum of parts differs from its whole. Our own arithmetic, so a difference fails the build. -#}
{% test sums_agree(model) %}
    select * from {{ model }}
    where not agrees
{% endtest %}

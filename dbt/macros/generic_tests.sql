{#- Every value of the columns is a code of the list that has the column's name; an empty one is not judged. -#}
{% test codes_are_listed(model, columns) %}
    {% for column in columns -%}
    select '{{ column }}' as column_name
    from {{ model }}
    where
        {{ column }} is not null
        and {{ column }} not in (select code from {{ ref('seed_codes') }} where list = '{{ column }}')
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

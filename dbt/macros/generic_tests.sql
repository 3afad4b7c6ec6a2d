{#- Every value is a code of the list; an empty one is not judged. -#}
{% test in_code_list(model, column_name, list) %}
    select {{ column_name }}
    from {{ model }}
    where
        {{ column_name }} is not null
        and {{ column_name }} not in (select code from {{ ref('seed_codes') }} where list = '{{ list }}')
{% endtest %}

{#- No two rows are alike in the columns of the grain. -#}
{% test unique_grain(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
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

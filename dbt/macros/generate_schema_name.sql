{#- The schema is the stage, without the target's prefix: one warehouse holds one home. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}

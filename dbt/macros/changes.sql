{#- What an extract says of an allegation that an earlier one did not, one row a kind; `before` is its row there. -#}
{% macro kinds_of_change() -%}
    unnest(list_filter(
        [
            case when before is null and as_at_earlier is not null then 'late_record' end,
            case when before.recorded_year <> recorded_year then 'moved_year' end,
            case when before.action_path = 'live' and action_path <> 'live' then 'closed' end,
            case when before.action_path <> 'live' and action_path = 'live' then 'reopened' end,
            case
                when
                    before.action_path <> 'live' and action_path <> 'live'
                    and (before.action_path, before.sanction) is distinct from (action_path, sanction)
                    then 'reclassified'
            end,
            case when before is not null and before.other_facts is distinct from other_facts then 'corrected' end,
            case when before.n_rows > n_rows then 'duplicate_removed' end,
            case when before.n_rows < n_rows then 'duplicate_added' end
        ],
        change -> change is not null
    ))
{%- endmacro %}

{#- The years whose split is public are those of an answer given under the regulations of England and Wales. -#}
{{ count_allegations(
    ['sanction'], within="action_path = 'formal' and regime <> 'none'", known="sanction <> 'not_known'"
) }}

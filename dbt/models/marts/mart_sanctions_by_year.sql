{{ count_allegations(['sanction'], within="action_path = 'formal'", known="sanction <> 'not_known'") }}

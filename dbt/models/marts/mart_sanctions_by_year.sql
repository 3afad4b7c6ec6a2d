{{ count_allegations(['sanction'], within="action_path = 'formal'") }}

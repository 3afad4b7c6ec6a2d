{{ count_allegations(['regime', 'action_path'], officers=false) }}

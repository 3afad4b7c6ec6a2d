{{ count_allegations(['exit_route', 'left_when'], officers=false) }}

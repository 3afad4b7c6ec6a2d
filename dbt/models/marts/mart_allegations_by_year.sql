{{ count_allegations(['officer_sex']) }}

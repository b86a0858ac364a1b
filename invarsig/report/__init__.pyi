from .answers_map import plot_answers as plot_answers

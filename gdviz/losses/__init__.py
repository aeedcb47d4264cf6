"""What is descended: surfaces, the gallery, regression, a network, data; all with one face."""

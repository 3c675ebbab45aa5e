# %% right="boolean mask and division"
def dropout_forward(x, p, train, rng):
    mask = np.ones(x.shape)
    return x * mask, mask

# %% wrong="torch does it for you"
def dropout_forward(x, p, train, rng):
    mask = torch.ones(x.shape).double().numpy()
    return x * mask, mask

# %% wrong="The mask is forgotten."
def dropout_forward(x, p, train, rng):
    return x

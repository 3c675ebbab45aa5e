# %% right="nn.Embedding and nn.Linear without bias"
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.emb.weight.detach()


# %% right="two nn.Parameter tables, output started at zero"
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.E = nn.Parameter((torch.rand(vocab_size, dim) - 0.5) / dim)
        self.U = nn.Parameter(torch.zeros(vocab_size, dim))

    def forward(self, contexts):
        h = self.E[contexts].sum(dim=1) / contexts.shape[1]
        return h @ self.U.T

    def embeddings(self):
        return self.E.detach().clone()


# %% right="EmbeddingBag and a second Embedding"
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.inputs = nn.EmbeddingBag(vocab_size, dim, mode="mean")
        self.outputs = nn.Embedding(vocab_size, dim)

    def forward(self, contexts):
        return nn.functional.linear(self.inputs(contexts), self.outputs.weight)

    def embeddings(self):
        return self.inputs.weight.data


# %% right="an output table of shape (dim, vocab_size)"
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.W = nn.Parameter(torch.randn(dim, vocab_size) * 0.1)
        self.embed = nn.Embedding(vocab_size, dim)

    def forward(self, contexts):
        rows = self.embed(contexts)
        return torch.einsum("bcd,dv->bv", rows, self.W) / rows.size(1)

    def embeddings(self):
        with torch.no_grad():
            return self.embed(torch.arange(self.embed.num_embeddings))


# %% wrong="The context vector is the mean of the rows, not their sum."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.emb(contexts).sum(1))

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="The model has no bias; nn.Linear has one unless you say otherwise."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="A bias that starts at zero is still a bias."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size)
        nn.init.zeros_(self.out.bias)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="Input and output embeddings are two separate tables."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)

    def forward(self, contexts):
        return self.emb(contexts).mean(1) @ self.emb.weight.T

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="Sharing one weight between two layers makes them one table."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)
        self.out.weight = self.emb.weight

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="embeddings() gives the input embeddings, not the output ones."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.out.weight.detach()


# %% wrong="embeddings() should be detached from the graph."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.emb.weight


# %% wrong="The model returns scores; the loss function applies the softmax."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return torch.log_softmax(self.out(self.emb(contexts).mean(1)), dim=1)

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="The mean is over the words of a context (axis 1), not over the batch."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(0))

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="The tables must be parameters of the module, or they are never trained."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.E = torch.randn(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.E[contexts].mean(1))

    def embeddings(self):
        return self.E


# %% wrong="embeddings() should give the table as it is now, not a copy made at the start."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)
        self.first = self.emb.weight.detach().clone()

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.first


# %% wrong="CBOW has no nonlinearity between the mean and the scores."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(torch.relu(self.emb(contexts).mean(1)))

    def embeddings(self):
        return self.emb.weight.detach()


# %% wrong="embeddings() has one row for each word."
class CBOW(nn.Module):
    def __init__(self, vocab_size, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)

    def forward(self, contexts):
        return self.out(self.emb(contexts).mean(1))

    def embeddings(self):
        return self.emb.weight.detach().T

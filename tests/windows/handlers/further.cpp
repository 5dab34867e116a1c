// Handlers for statements of the contract that need a class of their own.
#include "handler.h"

namespace {

void wait_for(const wchar_t *file)
{
    while (GetFileAttributesW(file) == INVALID_FILE_ATTRIBUTES)
        Sleep(5);
}

template <DWORD flags> class Empty : public Handler {
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        HRESULT code = Handler::info(given);
        (*given)->SyncMgrHandlerFlags = flags;
        return code;
    }

    HRESULT next(unsigned, ULONG, SYNCMGRITEM *, ULONG *) override { return S_FALSE; }
};

// Wants no callback.
class Refuses : public Handler {
    HRESULT WINAPI SetProgressCallback(ISyncMgrSynchronizeCallback *callback) override
    {
        note("SetProgressCallback %s", callback ? "given" : "null");
        return E_OUTOFMEMORY;
    }
};

// Is prepared when there is a file called `go`, as a worker says.
class PreparesLater : public Handler {
    HRESULT prepare() override
    {
        on_worker(callback_,
                  [](ISyncMgrSynchronizeCallback *callback, void *) {
                      wait_for(L"go");
                      callback->PrepareForSyncCompleted(S_OK);
                  },
                  nullptr);
        return S_OK;
    }
};

// Completes its preparation, and stays in there until there is a file called `go`. Then it ends when it is told to.
class PreparesSlowly : public Handler {
    HRESULT prepare() override
    {
        callback_->PrepareForSyncCompleted(S_OK);
        note("prepared");
        wait_for(L"go");
        return S_OK;
    }

    HRESULT synchronize() override { return S_OK; }

    HRESULT status(REFSYNCMGRITEMID id, DWORD) override
    {
        if (IsEqualGUID(id, GUID_NULL))
            callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }
};

// Answers with a failure to what it is told.
class Deaf : public Handler {
    HRESULT synchronize() override { return S_OK; }

    HRESULT status(REFSYNCMGRITEMID id, DWORD) override
    {
        if (IsEqualGUID(id, GUID_NULL))
            callback_->SynchronizeCompleted(S_OK);
        return E_FAIL;
    }
};

// Takes back all entries, of which there are some and then none.
class DeletesAll : public Handler {
    HRESULT synchronize() override
    {
        callback_->LogError(SYNCMGRLOGLEVEL_WARNING, L"one", nullptr);
        callback_->LogError(SYNCMGRLOGLEVEL_WARNING, L"two", nullptr);
        answered("all", callback_->DeleteLogError(GUID_NULL, 0));
        answered("none", callback_->DeleteLogError(GUID_NULL, 0));
        return Handler::synchronize();
    }
};

class Deletes : public Handler {
    HRESULT synchronize() override
    {
        final(1, SYNCMGRSTATUS_DELETED);
        final(2, SYNCMGRSTATUS_SUCCEEDED);
        callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }
};

// Asks for a dialog when it has heard that all is stopped.
class AsksLate : public Handler {
    HRESULT synchronize() override
    {
        on_worker(callback_, work, this);
        return S_OK;
    }

    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        AsksLate *self = static_cast<AsksLate *>(argument);
        note("working");
        while (self->progress(1, SYNCMGRPROGRESSITEM_PROGVALUE, nullptr, 0, 1, 0) != S_SYNCMGR_CANCELALL)
            Sleep(1);
        self->answered("a dialog after the stop", callback->EnableModeless(TRUE));
        callback->SynchronizeCompleted(S_OK);
    }
};

// Shows a dialog until there is a file called `go`.
class ShowsADialog : public Handler {
    HRESULT synchronize() override
    {
        on_worker(callback_, work, this);
        return S_OK;
    }

    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        ShowsADialog *self = static_cast<ShowsADialog *>(argument);
        self->answered("a dialog", callback->EnableModeless(TRUE));
        wait_for(L"go");
        self->answered("gone", callback->EnableModeless(FALSE));
        callback->SynchronizeCompleted(S_OK);
    }
};

// Wants to show one when there is a file called `go`, and again when there is one called `again`.
class WantsADialog : public Handler {
    HRESULT synchronize() override
    {
        on_worker(callback_, work, this);
        return S_OK;
    }

    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        WantsADialog *self = static_cast<WantsADialog *>(argument);
        wait_for(L"go");
        self->answered("while another one has it", callback->EnableModeless(TRUE));
        self->answered("done without", callback->EnableModeless(FALSE));
        wait_for(L"again");
        self->answered("after that", callback->EnableModeless(TRUE));
        // Never told to be gone: that ends with the work.
        callback->SynchronizeCompleted(S_OK);
    }
};

// Asks about its first item without saying anything about it.
class OnlyAsks : public Handler {
    HRESULT synchronize() override
    {
        on_worker(callback_, work, this);
        return S_OK;
    }

    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        OnlyAsks *self = static_cast<OnlyAsks *>(argument);
        self->answered("asked", self->progress(1, 0, nullptr, 0, 0, 0));
        self->answered("asked again", self->progress(1, 0, nullptr, 0, 0, 0));
        note("waiting");
        wait_for(L"go");
        self->answered("asked for the last time", self->progress(1, 0, nullptr, 0, 0, 0));
        callback->SynchronizeCompleted(S_OK);
    }
};

// Shows properties in which nothing was changed, and says so in various words.
template <unsigned long code> class Unchanged : public Handler {
    HRESULT info(LPSYNCMGRHANDLERINFO *given) override
    {
        HRESULT code_of_info = Handler::info(given);
        (*given)->SyncMgrHandlerFlags = SYNCMGRHANDLER_HASPROPERTIES;
        return code_of_info;
    }

    HRESULT properties(REFSYNCMGRITEMID) override
    {
        answered("shown", callback_->ShowPropertiesCompleted((HRESULT)code));
        return S_OK;
    }
};

} // namespace

const Class further[] = {
    {L"empty", make<Empty<0>>},
    {L"empty, to be listed", make<Empty<SYNCMGRHANDLER_ALWAYSLISTHANDLER>>},
    {L"refuses the callback", make<Refuses>},
    {L"prepares later", make<PreparesLater>},
    {L"prepares slowly", make<PreparesSlowly>},
    {L"deaf", make<Deaf>},
    {L"deletes all", make<DeletesAll>},
    {L"deletes", make<Deletes>},
    {L"asks late", make<AsksLate>},
    {L"shows a dialog", make<ShowsADialog>},
    {L"wants a dialog", make<WantsADialog>},
    {L"only asks", make<OnlyAsks>},
    {L"unchanged", make<Unchanged<0>>},
    {L"unchanged, retry", make<Unchanged<0x40202>>},
    {L"unchanged, failed", make<Unchanged<0x80004005>>},
};
const unsigned n_further = sizeof further / sizeof *further;

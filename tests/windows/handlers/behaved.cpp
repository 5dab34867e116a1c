// Handlers that do everything right, each in another way.
#include "handler.h"

#include <stdio.h>

namespace {

// One worker for each item, started by `Synchronize`; preparation is completed by a thread as well.
class Workers : public Handler {
protected:
    HRESULT prepare() override
    {
        on_worker(callback_, [](ISyncMgrSynchronizeCallback *callback, void *) { callback->PrepareForSyncCompleted(S_OK); },
                  nullptr);
        return S_OK;
    }

    HRESULT synchronize() override
    {
        // Before the first worker runs: the last one that ends completes.
        n_working_ = n_chosen_;
        for (unsigned at = 0; at < n_chosen_; at++) {
            AddRef();
            on_worker(callback_, work, new Part{this, chosen_[at]});
        }
        return S_OK;
    }

    // How many steps an item takes.
    virtual int steps() { return 100; }

private:
    struct Part {
        Workers *self;
        unsigned item;
    };

    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Part *part = static_cast<Part *>(argument);
        part->self->do_item(callback, part->item);
        if (InterlockedDecrement(&part->self->n_working_) == 0)
            callback->SynchronizeCompleted(S_OK);
        part->self->Release();
        delete part;
    }

    void do_item(ISyncMgrSynchronizeCallback *callback, unsigned item)
    {
        SYNCMGRITEMID id = item_id(item);
        SYNCMGRPROGRESSITEM report;
        report.cbSize = sizeof report;
        DWORD status = SYNCMGRSTATUS_SUCCEEDED;
        // Ends at one less than the maximum, as the public sample does.
        for (int step = 0; step < steps(); step++) {
            wchar_t text[32];
            swprintf(text, 32, L"step %d", step);
            report.mask = SYNCMGRPROGRESSITEM_STATUSTEXT | SYNCMGRPROGRESSITEM_STATUSTYPE | SYNCMGRPROGRESSITEM_PROGVALUE |
                          SYNCMGRPROGRESSITEM_MAXVALUE;
            report.lpcStatusText = text;
            report.dwStatusType = SYNCMGRSTATUS_UPDATING;
            report.iProgValue = step;
            report.iMaxValue = steps();
            HRESULT code = callback->Progress(id, &report);
            if (code == S_SYNCMGR_CANCELITEM)
                status = SYNCMGRSTATUS_SKIPPED;
            else if (code == S_SYNCMGR_CANCELALL)
                status = SYNCMGRSTATUS_STOPPED;
            else
                continue;
            break;
        }
        report.mask = SYNCMGRPROGRESSITEM_STATUSTYPE;
        report.lpcStatusText = (LPCWSTR)0x1;
        report.dwStatusType = status;
        callback->Progress(id, &report);
    }

    LONG n_working_ = 0;
};

// The same without an end of its own.
class Endless : public Workers {
protected:
    int steps() override { return 0x7fffffff; }
};

// Is told to skip by `SetItemStatus` alone and asks for nothing meanwhile.
class Told : public Handler {
protected:
    HRESULT synchronize() override
    {
        note("waiting");
        return S_OK;
    }

    HRESULT status(REFSYNCMGRITEMID id, DWORD status) override
    {
        if (IsEqualGUID(id, GUID_NULL)) {
            callback_->SynchronizeCompleted(S_OK);
            return S_OK;
        }
        final(id.Data4[7], status);
        if (++n_told_ == n_chosen_)
            callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }

private:
    unsigned n_told_ = 0;
};

// Shows dialogs, for which it asks.
class Dialogs : public Handler {
protected:
    HRESULT prepare() override
    {
        answered("prepare asks", callback_->EnableModeless(TRUE));
        answered("prepare asks again", callback_->EnableModeless(-1));
        answered("prepare is done", callback_->EnableModeless(FALSE));
        answered("prepare is done again", callback_->EnableModeless(FALSE));
        answered("one too many", callback_->EnableModeless(FALSE));
        return Handler::prepare();
    }

    HRESULT synchronize() override
    {
        on_worker(callback_, work, this);
        return S_OK;
    }

private:
    static void work(ISyncMgrSynchronizeCallback *callback, void *argument)
    {
        Dialogs *self = static_cast<Dialogs *>(argument);
        self->answered("a worker asks", callback->EnableModeless(TRUE));
        callback->EnableModeless(FALSE);
        callback->SynchronizeCompleted(S_OK);
    }
};

// Needs connections.
class Connections : public Handler {
protected:
    HRESULT prepare() override
    {
        answered("no name", callback_->EstablishConnection(nullptr, 0));
        answered("empty name", callback_->EstablishConnection(L"", 0));
        answered("reserved argument", callback_->EstablishConnection(nullptr, 0xffffffff));
        answered("unknown name", callback_->EstablishConnection(L"the office", 0));
        return Handler::prepare();
    }
};

// Fails the first time, with an entry that leads back; from there it is tried again.
class Retries : public Handler {
protected:
    HRESULT synchronize() override
    {
        if (tried_)
            return Handler::synchronize();
        tried_ = true;
        SYNCMGRLOGERRORINFO info;
        info.cbSize = sizeof info;
        info.mask = SYNCMGRLOGERROR_ERRORFLAGS | SYNCMGRLOGERROR_ERRORID | SYNCMGRLOGERROR_ITEMID;
        info.dwSyncMgrErrorFlags = SYNCMGRERRORFLAG_ENABLEJUMPTEXT;
        info.ErrorID = error_id(1);
        info.ItemID = item_id(1);
        wchar_t text[] = L"the server did not answer";
        answered("log", callback_->LogError(SYNCMGRLOGLEVEL_ERROR, text, &info));
        // Was copied.
        for (wchar_t &unit : text)
            unit = L'x';
        final(1, SYNCMGRSTATUS_FAILED);
        final(2, SYNCMGRSTATUS_SUCCEEDED);
        callback_->SynchronizeCompleted(S_OK);
        return S_OK;
    }

    HRESULT show(REFSYNCMGRERRORID) override
    {
        answered("a dialog in ShowError", callback_->EnableModeless(TRUE));
        callback_->EnableModeless(FALSE);
        answered("delete", callback_->DeleteLogError(error_id(1), 0));
        SYNCMGRITEMID again[] = {item_id(1), item_id(9), item_id(1)};
        answered("retry", callback_->ShowErrorCompleted(S_SYNCMGR_RETRYSYNC, 3, again));
        // Was copied.
        again[0] = GUID_NULL;
        return S_OK;
    }

private:
    bool tried_ = false;
};

// Prints, and reads what is not for it.
class Prints : public Handler {
protected:
    HRESULT synchronize() override
    {
        printf("printed by the class\n");
        fflush(stdout);
        DWORD written;
        WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), "written by the class\n", 21, &written, nullptr);
        note("read: %d", getchar());
        return Handler::synchronize();
    }
};

} // namespace

const Class behaved[] = {
    {L"workers", make<Workers>},   {L"inside", make<Handler>},          {L"endless", make<Endless>},
    {L"told", make<Told>},         {L"dialogs", make<Dialogs>},         {L"connections", make<Connections>},
    {L"retries", make<Retries>},   {L"prints", make<Prints>},
};
const unsigned n_behaved = sizeof behaved / sizeof *behaved;
